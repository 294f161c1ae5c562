import { readArguments } from "../../../../cli/forward/arguments.ts";

const read = (...args: string[]) => readArguments(["node", "forward", ...args]);

test("a port is the same here and there, or two with a colon; several go at once", () => {
  expect(read("8080", "3000:80").ports).toEqual([
    { local: 8080, published: 8080 },
    { local: 3000, published: 80 },
  ]);
});

test("nothing to forward is said with what to write", () => {
  expect(() => read()).toThrow("npm run forward -- 8080");
  expect(read("--all")).toMatchObject({ ports: [], all: true });
});

test.each(["0", "65536", "http", "80:", "1:2:3", "127.0.0.1:80"])("%s is no port", (text) => {
  const exit = jest.spyOn(process, "exit").mockImplementation(() => {
    throw new Error("ended");
  });
  const write = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(() => read(text)).toThrow("ended");
  expect(write.mock.calls.join()).toContain("Write a port like 8080, or 3000:8080.");
  exit.mockRestore();
  write.mockRestore();
});
