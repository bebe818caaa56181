package awstest

import "testing"

// Process is the address of moto's own process, for tests of its life.
func (m *Moto) Process() string { return m.server.url }

// Kill ends moto's process, as a crash would.
func (m *Moto) Kill() { m.server.kill() }

// WithTB is m with another test to fail.
func (m *Moto) WithTB(t testing.TB) *Moto {
	changed := *m
	changed.t = t
	return &changed
}

// ForgetMotos hides the processes that wait for a test, until this one is over.
func ForgetMotos(t testing.TB) {
	idleMotos.Lock()
	defer idleMotos.Unlock()
	servers := idleMotos.servers
	idleMotos.servers = nil
	t.Cleanup(func() {
		idleMotos.Lock()
		defer idleMotos.Unlock()
		idleMotos.servers = append(idleMotos.servers, servers...)
	})
}
