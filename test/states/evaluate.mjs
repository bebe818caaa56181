// Evaluates JSONata for state machines: each line of stdin is an expression with
// its variables, and each line of stdout what it comes to.
import jsonata from "jsonata";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { expression, variables } = JSON.parse(line);
  let answer;
  try {
    const compiled = jsonata(expression);
    compiled.registerFunction("parse", (text) => JSON.parse(text), "<s:x>"); // Step Functions' own.
    compiled.registerFunction("eval", () => { throw new Error("Step Functions has no $eval"); });
    const value = await compiled.evaluate(null, variables);
    answer = value === undefined ? { error: "it has no value" } : { value };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
