const { statSync } = require("node:fs");
const { default: Sequencer } = require("@jest/test-sequencer");

/** The tests on virtual machines take longest and so come first; among equals the larger file, as Jest would guess. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const weight = ({ path }) => (path.includes("/e2e/virtual/") ? 1e9 : 0) + statSync(path).size;
    return [...tests].sort((one, other) => weight(other) - weight(one));
  }
};
