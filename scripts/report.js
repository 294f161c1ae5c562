"use strict";

/** A fault that the user can mend: shown as it is, without a stack trace. */
class SetupError extends Error {}

/** Set-up speaks on stderr, so that stdout stays the command's own (`npm run -s env`, `stack output --json`). */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/** "0.4 s", "37 s", "2 min 05 s". */
function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** Says what is being done, does it, says how long it took; a sign of life every 15 s in between. */
async function step(title, work) {
  const began = Date.now();
  const elapsed = () => duration(Date.now() - began);
  say(`• ${title} …`);
  const alive = setInterval(() => say(`  still at it, ${elapsed()}`), 15_000);
  try {
    const result = await work();
    say(`  done in ${elapsed()}`);
    return result;
  } catch (error) {
    say(`  failed after ${elapsed()}`);
    throw error;
  } finally {
    clearInterval(alive);
  }
}

module.exports = { SetupError, say, step, duration };
