import { InputPropertiesError, RunError, runtime } from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { explained, readConfiguration } from "../../config";

function configure(values: Record<string, unknown>): void {
  const texts = Object.entries(values).map(([key, value]) => [
    key.includes(":") ? key : `remote-docker:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>);
}

const refusal = (values: Record<string, unknown>): string => {
  configure(values);
  try {
    readConfiguration();
  } catch (error) {
    expect(RunError.isInstance(error)).toBe(true);
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
};

test("the configuration that comes with the project is accepted as it is", () => {
  const { config } = parse(readFileSync(join(__dirname, "../../Pulumi.dev.yaml"), "utf8")) as {
    config: object;
  };
  configure(config as Record<string, unknown>);
  expect(readConfiguration()).toMatchObject({ machine: "local", clients: [{ name: "me" }] });
});

test("the example of a machine on AWS is accepted as it is", () => {
  const { config } = parse(readFileSync(join(__dirname, "../../Pulumi.aws.yaml"), "utf8")) as {
    config: object;
  };
  configure(config as Record<string, unknown>);
  expect(readConfiguration()).toMatchObject({ machine: "aws", aws: { region: "eu-central-1" } });
});

test("lists, objects, numbers and booleans arrive as what they are", () => {
  configure({ clients: [{ name: "a", validityHours: 72 }], local: { cpus: 4 }, daemon: { debug: true } });
  expect(readConfiguration()).toEqual({
    clients: [{ name: "a", validityHours: 72 }],
    local: { cpus: 4 },
    daemon: { debug: true },
  });
});

test("keys of other namespaces are none of the program's business", () => {
  configure({ "aws:region": "eu-central-1", clients: [{ name: "a" }] });
  expect(readConfiguration()).toEqual({ clients: [{ name: "a" }] });
});

test("every wrong key is named in one error, with its value and what would be right", () => {
  const message = refusal({ cleints: [], clients: [{ name: "A" }], serverNames: ["no spaces"] });
  expect(message).toContain('remote-docker:clients[0].name: "A" is not a client\'s name');
  expect(message).toContain(
    'remote-docker:serverNames[0]: "no spaces" is not a DNS name, like docker.example.com',
  );
  expect(message).toContain("remote-docker:cleints: there is no such key");
});

test("a machine of an unknown kind is refused with the kinds there are", () => {
  expect(refusal({ machine: "laptop", clients: [{ name: "a" }] })).toContain(
    'remote-docker:machine: "laptop" is not',
  );
});

test("on AWS the daemon's data can't be anywhere but on the data volume", () => {
  const aws = {
    machine: "aws",
    aws: { region: "eu-central-1" },
    allowedCidrs: ["203.0.113.0/24"],
    clients: [{ name: "a" }],
  };
  expect(refusal({ ...aws, daemon: { dataRoot: "/srv/docker" } })).toContain(
    'remote-docker:daemon.dataRoot: "/srv/docker" is not on the data volume',
  );
  configure({ ...aws, daemon: { dataRoot: "/var/lib/docker/data" } });
  expect(readConfiguration().daemon).toEqual({ dataRoot: "/var/lib/docker/data" });
});

test("clients that are left out are asked for", () => {
  expect(refusal({})).toContain(
    "remote-docker:clients: is missing; write a list of clients like [{name: alice}]",
  );
});

test("an argument that a component refuses is reported by its name in the configuration", () => {
  const refuses = () => {
    throw new InputPropertiesError({
      message: "",
      errors: [{ propertyPath: "local.port", reason: "2376 is taken" }],
    });
  };
  expect(() => explained(refuses)).toThrow(new RunError("remote-docker:local.port: 2376 is taken"));
});

test("an error that isn't about an argument stays as it is", () => {
  const bug = new TypeError("a bug");
  expect(() =>
    explained(() => {
      throw bug;
    }),
  ).toThrow(bug);
});
