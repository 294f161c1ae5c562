import * as fc from "fast-check";
import { Output, shownStreams } from "../../../../engine/providers/command/output.ts";
import { testContext } from "./context.ts";

test.each([
  ["stdoutAndStderr", "one\ntwo\nthree"],
  ["stderr", "two"],
  ["none", "two"],
])(
  "a failed command's last words with logging %s are its stderr, and its stdout where that is shown",
  (logging, said) => {
    const output = new Output(testContext(), shownStreams(logging));
    output.add("stdout", Buffer.from("one\n"));
    output.add("stderr", Buffer.from("two\n"));
    output.add("stdout", Buffer.from("three\n"));
    expect(output.lastWords()).toBe(said);
  },
);

test("however a text is cut into pieces, the same lines are shown and the same text is kept", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "é", "\n", "𝄞", " ") }),
      fc.array(fc.nat(20)),
      (text, cuts) => {
        const context = testContext();
        const output = new Output(context, shownStreams());
        let rest = Buffer.from(text);
        for (const cut of cuts) {
          output.add("stdout", rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        output.add("stdout", rest);
        const kept = text.endsWith("\n") ? text.slice(0, -1) : text;
        expect(output.end()).toEqual({ stdout: kept, stderr: "" });
        expect(context.lines).toEqual(text === "" ? [] : kept.split("\n"));
      },
    ),
  );
});
