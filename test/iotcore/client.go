package iotcore

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// version is MQTT 3.1.1.
const version = 4

// ErrRefused says that the broker does not let a client connect or subscribe.
var ErrRefused = errors.New("iotcore: refused")

// Client is a client of the broker.
type Client struct {
	connection net.Conn
	reader     *bufio.Reader
	waiting    []Message // Those that came while another answer was awaited.
}

// Message is one of a topic.
type Message struct{ Topic, Payload string }

// Connect connects as a client ID, with a password. It ends with the test.
func (c *Core) Connect(clientID, username, password string) (*Client, error) {
	connection, err := net.Dial("tcp", c.address)
	if err != nil {
		return nil, err
	}
	c.t.Cleanup(func() { connection.Close() })
	client := &Client{connection: connection, reader: bufio.NewReader(connection)}
	packet := packets.Packet{ProtocolVersion: version, FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: packets.ConnectParams{
		ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: clientID,
		UsernameFlag: username != "", Username: []byte(username), PasswordFlag: password != "", Password: []byte(password),
	}}
	if err := client.send(packet.ConnectEncode); err != nil {
		return nil, err
	}
	answer, err := client.await(packets.Connack)
	if err != nil || answer.ReasonCode != 0 {
		return nil, ErrRefused
	}
	return client, nil
}

// Subscribe subscribes to a topic, or a filter of topics.
func (c *Client) Subscribe(filter string) error {
	packet := packets.Packet{
		ProtocolVersion: version, PacketID: 1, FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1},
		Filters: packets.Subscriptions{{Filter: filter, Qos: 1}},
	}
	if err := c.send(packet.SubscribeEncode); err != nil {
		return err
	}
	answer, err := c.await(packets.Suback)
	if err != nil || len(answer.ReasonCodes) != 1 || answer.ReasonCodes[0] >= 0x80 {
		return ErrRefused
	}
	return nil
}

// Publish sends to a topic, and is not told whether that was allowed.
func (c *Client) Publish(topic, payload string) error {
	packet := packets.Packet{ProtocolVersion: version, FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: topic, Payload: []byte(payload)}
	return c.send(packet.PublishEncode)
}

// Next is the next message, or an error when none comes for a while.
func (c *Client) Next(wait time.Duration) (Message, error) {
	if len(c.waiting) == 0 {
		if err := c.connection.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return Message{}, err
		}
		packet, err := c.read()
		if err != nil {
			return Message{}, err
		}
		c.keep(packet)
	}
	if len(c.waiting) == 0 {
		return Message{}, errors.New("iotcore: something else than a message came")
	}
	next := c.waiting[0]
	c.waiting = c.waiting[1:]
	return next, nil
}

// await reads until a packet of a type comes.
func (c *Client) await(kind byte) (packets.Packet, error) {
	if err := c.connection.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return packets.Packet{}, err
	}
	for {
		packet, err := c.read()
		if err != nil || packet.FixedHeader.Type == kind {
			return packet, err
		}
		c.keep(packet)
	}
}

// keep keeps a message, and says that it has come.
func (c *Client) keep(packet packets.Packet) {
	if packet.FixedHeader.Type != packets.Publish {
		return
	}
	c.waiting = append(c.waiting, Message{packet.TopicName, string(packet.Payload)})
	if packet.FixedHeader.Qos == 1 {
		ack := packets.Packet{ProtocolVersion: version, FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: packet.PacketID}
		_ = c.send(ack.PubackEncode) // Or else it comes again.
	}
}

func (c *Client) send(encode func(*bytes.Buffer) error) error {
	var buffer bytes.Buffer
	if err := encode(&buffer); err != nil {
		return err
	}
	_, err := c.connection.Write(buffer.Bytes())
	return err
}

func (c *Client) read() (packets.Packet, error) {
	packet := packets.Packet{ProtocolVersion: version}
	first, err := c.reader.ReadByte()
	if err != nil {
		return packet, err
	}
	if err := packet.FixedHeader.Decode(first); err != nil {
		return packet, err
	}
	length, _, err := packets.DecodeLength(c.reader)
	if err != nil {
		return packet, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.reader, body); err != nil {
		return packet, err
	}
	switch packet.FixedHeader.Type {
	case packets.Connack:
		err = packet.ConnackDecode(body)
	case packets.Suback:
		err = packet.SubackDecode(body)
	case packets.Publish:
		err = packet.PublishDecode(body)
	}
	return packet, err
}
