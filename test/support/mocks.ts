import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

type Outputs = (inputs: Record<string, unknown>, name: string) => Record<string, unknown>;

/**
 * Pulumi's unit-test mocks (no engine, no provider): every resource is recorded and gets the outputs that its type's
 * function makes up; a type without one fails the test, as does a call of a function that isn't in `functions`.
 */
export function mockPulumi(
  outputs: Record<string, Outputs>,
  functions: Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>> = {},
  preview = false,
): Registered[] {
  const registered: Registered[] = [];
  void pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs });
        const made = type.startsWith("remote-docker:") ? () => ({}) : outputs[type];
        if (made === undefined) throw new Error(`nobody expected a resource of type ${type} (${name})`);
        return { id: `${name}-id`, state: { ...inputs, ...made(inputs, name) } };
      },
      call: ({ token, inputs }) => {
        const made = functions[token];
        if (made === undefined) throw new Error(`nobody expected a call of ${token}`);
        return made(inputs as Record<string, unknown>);
      },
    },
    "remote-docker",
    "unit",
    preview,
  );
  return registered;
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
