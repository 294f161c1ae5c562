import { localMachine } from "../../../cli/shared/localMachine.ts";

const up = { DOCKER_HOST: "tcp://127.0.0.1:2376" };
const machine = { project: "remote-docker", own: "dev", incarnation: "SHA256:one" };

test("a local machine is found by its project, its name and its incarnation", () => {
  expect(localMachine("dev", { ...up, power: { kind: "local", ...machine } }, "stop")).toEqual(machine);
});

test.each([
  ["that isn't up", {}, "the stack dev isn't up"],
  ["of an older program", up, "run npm run up once"],
  [
    "on a host that exists",
    { ...up, power: { kind: "ssh", host: "build.example.com" } },
    "build.example.com was there before",
  ],
  ["on AWS", { ...up, power: { kind: "aws" } }, "EC2 instance"],
])("a stack %s is refused, with what to do", (_, outputs, message) => {
  expect(() => localMachine("dev", outputs, "stop")).toThrow(message);
});
