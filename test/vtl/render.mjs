// Renders mapping templates of API Gateway: a JSON array of cases comes on stdin,
// and an array of what they became goes to stdout.
import { render } from "velocityjs";

// In AWS strings are Java's; these are the methods that Velocity for JavaScript
// does not have, or has with another meaning.
const replaceAll = String.prototype.replaceAll;
Object.defineProperty(String.prototype, "replaceAll", { value(pattern, text) {
  return replaceAll.call(this, new RegExp(pattern, "g"), text);
} });

const java = (object) => Object.assign(Object.create({
  keySet() { return Object.keys(this); },
  get(name) { return this[name]; },
}), object);

const util = {
  // Java's URLEncoder: a form's encoding, of UTF-8.
  urlEncode: (text) => encodeURIComponent(text).replace(/[!'()~]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase()).replace(/%20/g, "+"),
};

function path(body, expression) {
  let value = JSON.parse(body);
  for (const name of expression.split(".").slice(1)) value = value?.[name];
  return value;
}

function one({ template, body, headers, context }) {
  const responseOverride = { header: {} };
  const output = render(template, {
    input: { body, params: () => ({ header: java(headers) }), path: (expression) => path(body, expression) },
    util,
    context: { ...context, responseOverride },
  });
  return { output, status: responseOverride.status ?? 0, header: responseOverride.header };
}

let text = "";
for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
process.stdout.write(JSON.stringify(JSON.parse(text).map(one)));
