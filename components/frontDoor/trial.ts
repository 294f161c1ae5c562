import { section } from "./haproxyCommon";

/**
 * What a client names as the server (SNI, RFC 6066) to be told that its certificate is admitted, and nothing else:
 * `up` tries each new certificate so. Neither the daemon nor the client's limits know of it.
 */
export const trialServerName = "trial.remote-docker";

const isTrial = "{ var(txn.event) -m str trial }";

/** Rules of a frontend that has admitted a client by its certificate, before its limits are looked at. */
export function trialRules(): string[] {
  return [
    `tcp-request content set-var(txn.event) str(trial) if { ssl_fc_sni,lower -m str ${trialServerName} }`,
    `tcp-request content unset-var(txn.reason) if ${isTrial}`,
    `tcp-request content accept if ${isTrial}`,
  ];
}

/** Whither they lead. */
export const toTrial = `use_backend trial if ${isTrial}`;

/** One answer without a body (204), and the end, which comes for a silent one as well. */
export function trial(): string {
  const backend = section("backend trial", ["server answer abns@remote-docker-trial"]);
  const answer = section("frontend trial_answer", [
    "mode http",
    "bind abns@remote-docker-trial",
    "no log",
    "option httpclose",
    "timeout http-request 5s",
    "http-request return status 204",
  ]);
  return `${backend}\n${answer}`;
}
