import { limitsMap } from "../../../components/frontDoor/limits";

const limits = { bob: { connections: 3 }, alice: { connections: 20, connectionsPerMinute: 600 }, carol: {} };

test("each limit has the clients that have it, and nobody else", () => {
  expect(limitsMap(limits, "connections")).toBe("alice 20\nbob 3\n");
  expect(limitsMap(limits, "connectionsPerMinute")).toBe("alice 600\n");
  expect(limitsMap({}, "connections")).toBe("");
});

test("the order of the clients is no change", () => {
  const reversed = Object.fromEntries(Object.entries(limits).reverse());
  expect(limitsMap(reversed, "connections")).toBe(limitsMap(limits, "connections"));
});
