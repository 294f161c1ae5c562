import { addressSchema, dialedAddress, inUrl } from "../../components/dialedAddress";

test.each([
  [
    "docker.example.com",
    { host: "docker.example.com", port: undefined, names: ["docker.example.com"], addresses: [] },
  ],
  ["docker:12376", { host: "docker", port: 12376, names: ["docker"], addresses: [] }],
  ["192.0.2.7:12376", { host: "192.0.2.7", port: 12376, names: [], addresses: ["192.0.2.7"] }],
  ["2001:db8::7", { host: "2001:db8::7", port: undefined, names: [], addresses: ["2001:db8::7"] }],
  ["[2001:db8::7]:2376", { host: "2001:db8::7", port: 2376, names: [], addresses: ["2001:db8::7"] }],
])("%s is dialed, and in the server's certificate", (text, expected) => {
  expect(addressSchema.safeParse(text).success).toBe(true);
  expect(dialedAddress(text)).toEqual(expected);
});

test.each([
  "",
  "tcp://docker.example.com",
  "docker.example.com:0",
  "docker.example.com:70000",
  "a b",
  ":2376",
])("%p is no address", (text) => expect(addressSchema.safeParse(text).success).toBe(false));

test("an IPv6 address has brackets in a URL, and nothing else has", () => {
  expect(["2001:db8::7", "192.0.2.7", "docker"].map(inUrl)).toEqual(["[2001:db8::7]", "192.0.2.7", "docker"]);
});
