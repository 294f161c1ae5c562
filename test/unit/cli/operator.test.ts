import { operatorOf } from "../../../cli/shared/operator.ts";

const operator = {
  host: "127.0.0.1",
  port: 2376,
  user: "provision",
  privateKey: "-----",
  hostKey: "ssh-ed25519 AAAA",
};
const DOCKER_HOST = "tcp://127.0.0.1:2376";

test("the machine is reached by the stack's own output", () => {
  expect(operatorOf("dev", { DOCKER_HOST, operator })).toEqual(operator);
});

test.each(["host", "port", "user", "hostKey"])(
  "without the operator's %s, up has to run once more",
  (missing) => {
    const outputs = { DOCKER_HOST, operator: { ...operator, [missing]: undefined } };
    expect(() => operatorOf("dev", outputs)).toThrow("the stack dev has no output operator");
    expect(() => operatorOf("other", outputs)).toThrow("npm run up -- --stack other once");
  },
);

test("a stack that isn't up is said to be so", () => {
  expect(() => operatorOf("dev", {})).toThrow("the stack dev isn't up; bring it up first: npm run up");
});
