import { supportFindings } from "../../../../cli/doctor/daemon.ts";
import { spaceFindings } from "../../../../cli/doctor/machine.ts";

const now = Date.parse("2026-11-27T00:00:00Z");

test.each([
  ["20.10.24", "Docker ended the line of 20.10.24 on 2023-12-10"],
  ["27.3.1", "Docker ended the line of 27.3.1 on 2025-05-03"],
])("an engine whose line has ended is warned of: %s", (version, what) => {
  const [finding] = supportFindings(version, now);
  expect(finding).toMatchObject({ level: "warning", what });
  expect(finding.remedy).toBeTruthy();
});

test("Debian's package of it is fine until Debian ends it", () => {
  const [finding] = supportFindings("26.1.5+dfsg1", now);
  expect(finding).toMatchObject({ level: "ok", what: expect.stringContaining("until 2030-06-30") });
  expect(supportFindings("26.1.5+dfsg1", Date.parse("2030-07-01"))[0].level).toBe("warning");
});

test.each(["29.10.1", "25.0.14", "dev"])("of %s nothing is said: it goes on, or isn't known", (version) => {
  expect(supportFindings(version, now)).toEqual([]);
});

const gibibyte = 2 ** 30;

test.each([
  [0.1, "fault"],
  [1.5, "warning"],
  [10, "ok"],
])("%d GiB free of 20 are a %s", (free, level) => {
  const disk = { size: 20 * gibibyte, available: free * gibibyte };
  const diskUse = { BuildCache: [{ Size: 3 * gibibyte }] };
  expect(spaceFindings({ disk, diskUse })).toMatchObject([
    { level, what: expect.stringMatching(/of 20\.0 GiB are free .* and 3\.0 GiB are build cache/) },
  ]);
});
