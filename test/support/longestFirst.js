const { statSync } = require("node:fs");
const { default: Sequencer } = require("@jest/test-sequencer");

/** What the longest files took on two cores without KVM, in seconds. A stale figure costs a bit of time and nothing else. */
const seconds = {
  "virtual/localMachine": 500,
  "virtual/aws": 400,
  program: 175,
  everyStep: 157,
  localRenewal: 144,
  adoptedHost: 120,
  faultsDaemon: 109,
  frontDoor: 100,
  admission: 91,
  comeAndGo: 82,
  faults: 77,
  sideBySide: 67,
  audit: 60,
};

/** The longest first, so that no worker is idle at the end; where nothing is known, the size is a guess. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const weight = ({ path }) => {
      const [, name] = /\/e2e\/(.*)\.test\.ts$/.exec(path) ?? [];
      return seconds[name] ?? statSync(path).size / 200;
    };
    return [...tests].sort((one, other) => weight(other) - weight(one));
  }
};
