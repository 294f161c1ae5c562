import { interruptions } from "../../../../components/machine/aws/changes";

const before = { image: "ami-0old", instanceType: "t3.medium", rootVolumeSize: 10 };

test("what stays as it is interrupts nobody", () => {
  expect(interruptions(before, before, false)).toEqual([]);
});

test("another instance type says that the machine stops and starts, and what stays", () => {
  expect(interruptions(before, { ...before, instanceType: "t3.large" }, false)).toEqual([
    expect.stringMatching(
      /from t3\.medium to t3\.large: the machine stops and starts again.*data volume.*stay$/,
    ),
  ]);
});

test("another instance type of a spot machine says that it is made anew", () => {
  expect(interruptions(before, { ...before, instanceType: "t3.large" }, true)).toEqual([
    expect.stringContaining("the spot machine is made anew"),
  ]);
});

test("another image says that the machine is made anew, and what goes", () => {
  expect(interruptions(before, { ...before, image: "ami-0new" }, false)).toEqual([
    expect.stringMatching(
      /from ami-0old to ami-0new: the machine is made anew.*what else is on its root volume goes$/,
    ),
  ]);
});

test("a larger root volume says from when on it is there", () => {
  expect(interruptions(before, { ...before, rootVolumeSize: 20 }, false)).toEqual([
    expect.stringMatching(/from 10 to 20 GiB: nothing is interrupted/),
  ]);
});
