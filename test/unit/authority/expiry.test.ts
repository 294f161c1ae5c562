import { daysLeft, expiryReport } from "../../../components/authority/expiry";

const now = Date.parse("2026-11-21T12:00:00Z");
const ending = (what: string, expires: string, warnDays = 30) => ({
  what,
  expires,
  warnDays,
  remedy: "Do it.",
});

test.each([
  ["2026-11-22T12:00:00Z", 1],
  ["2026-11-22T11:59:59Z", 0],
  ["2026-11-21T11:00:00Z", -1],
  ["2027-11-21T12:00:00+00:00", 365],
])("until %s whole days are left: %p", (expires, days) => {
  expect(daysLeft(expires, now)).toBe(days);
});

test("the line names the certificate that ends first, and nothing is near its end", () => {
  const { line, warnings } = expiryReport(
    [
      ending("The root", "2036-11-21T12:00:00Z"),
      ending("The client ci's certificate", "2027-01-20T12:00:00Z"),
    ],
    now,
  );
  expect(line).toBe("The client ci's certificate is the next to expire, in 60 days (2027-01-20).");
  expect(warnings).toEqual([]);
});

test("a certificate is warned of from its number of days on, and one that has expired is, too", () => {
  const { warnings } = expiryReport(
    [
      ending("A", "2026-12-21T12:00:00Z"),
      ending("B", "2026-12-22T12:00:00Z"),
      ending("C", "2026-11-22T12:00:00Z", 1),
      ending("D", "2026-11-20T12:00:00Z"),
    ],
    now,
  );
  expect(warnings).toEqual([
    "A expires in 30 days, on 2026-12-21. Do it.",
    "C expires in 1 day, on 2026-11-22. Do it.",
    "D expired on 2026-11-20. Do it.",
  ]);
});
