import { hostname } from "../../../../components/machine/hostname";
import {
  computerProblems,
  type LocalMachineArgs,
  localMachineSchema,
} from "../../../../components/machine/local/args";
import { problems } from "../../../../components/validation";

const refused: [LocalMachineArgs, string][] = [
  [{ cpus: 0 }, "local.cpus: 0 is not a number of processors; write a whole number from 1 to 64"],
  [{ cpus: 1.5 }, "local.cpus: 1.5 is not a number of processors; write a whole number from 1 to 64"],
  [
    { cpus: "2" as never },
    'local.cpus: "2" is not a number of processors; write a whole number from 1 to 64',
  ],
  [
    { memory: 512 },
    "local.memory: 512 is not an amount of memory in MiB; write a whole number from 1024 to 1048576",
  ],
  [{ diskSize: 3 }, "local.diskSize: 3 is not a size of a disk in GiB; write a whole number from 4 to 16384"],
  [{ port: 65536 }, "local.port: 65536 is not a TCP port; write a whole number from 1 to 65535"],
  [
    { bind: "localhost" },
    'local.bind: "localhost" is not an IPv4 address; write 127.0.0.1, 0.0.0.0 for all addresses, or one of this computer\'s own',
  ],
  [
    { mirror: "http://a.example/debian main\ndeb http://b.example/debian" },
    'local.mirror: "http://a.example/debian main\\ndeb http://b.example/debian" is not the URL of a Debian mirror; write it like http://debian.example.com/debian',
  ],
  [
    { securityMirror: "debian.example.com" },
    'local.securityMirror: "debian.example.com" is not the URL of a Debian security archive; write it like http://debian.example.com/debian-security, or none',
  ],
  [{ image: 0 }, "local.image: 0 is not a generation; write a whole number, 1 or more"],
  [
    { ram: 1 } as never,
    "local.ram: there is no such key; remove it, or write one of cpus, memory, diskSize, port, bind, image, mirror, securityMirror",
  ],
];

test.each(refused)("%j is refused and the error names the place, the value and the remedy", (args, error) => {
  const found = problems(localMachineSchema, args, "local");
  expect(found.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`)).toEqual([error]);
});

test("every argument may be left out", () => {
  expect(problems(localMachineSchema, {}, "local")).toEqual([]);
  expect(localMachineSchema.parse({ cpus: undefined, port: 4000 })).toEqual({
    cpus: 2,
    memory: 2048,
    diskSize: 20,
    port: 4000,
    bind: "127.0.0.1",
    image: 1,
    mirror: "",
    securityMirror: "",
  });
});

test("an address that this computer doesn't have is refused, and the error names those that it has", () => {
  const [problem] = computerProblems(localMachineSchema.parse({ bind: "203.0.113.9" }));
  expect(problem.propertyPath).toBe("local.bind");
  expect(problem.reason).toMatch(
    /^"203\.0\.113\.9" is not an address of this computer; write one of 127\.0\.0\.1, /,
  );
});

test.each(["127.0.0.1", "127.0.0.2", "0.0.0.0"])("%s can be bound on every computer", (bind) => {
  expect(computerProblems(localMachineSchema.parse({ bind }))).toEqual([]);
});

test.each([
  ["dev", "remote-docker-dev"],
  ["Team_A.1", "remote-docker-team-a-1"],
  ["x".repeat(80), `remote-docker-${"x".repeat(49)}`],
  [`${"x".repeat(48)}_`, `remote-docker-${"x".repeat(48)}`],
])("the machine of stack %s has a host name that is allowed", (stack, name) => {
  expect(hostname(stack)).toBe(name);
});
