import { sshAccount } from "../../frontDoor/sshClients";
import type { Problem } from "../../validation";
import type { HostFacts } from "./facts";

/** Why a host's sshd, which stays as it is, would not let clients by SSH in; none when it does, or there are none. */
export function sshdProblems(facts: HostFacts, host: string, clients: { sshKey?: string }[]): Problem[] {
  const reasons = [...accountReasons(facts), ...sshdReasons(facts)];
  return clients.flatMap(({ sshKey }, index) =>
    sshKey === undefined
      ? []
      : reasons.map((reason) => ({
          propertyPath: `clients[${index}].sshKey`,
          reason: `can't be used on ${host}: ${reason}; or remove it, and let the client come by its certificate`,
        })),
  );
}

/** The comment is what sshClients.sh makes it with. */
function accountReasons({ account }: HostFacts): string[] {
  return account === "" || account.includes(":remote-docker clients by SSH:")
    ? []
    : [`it has an account ${sshAccount} of its own; rename that`];
}

function sshdReasons({ sshd }: HostFacts): string[] {
  if (Object.keys(sshd).length === 0) return ["its sshd can't be asked (sshd -T); it needs OpenSSH's"];
  const has = (keyword: string, ...values: string[]) =>
    (sshd[keyword] ?? []).some((value) => values.includes(value));
  const lists = (keyword: string) => sshd[keyword] !== undefined && sshd[keyword].length > 0;
  const lets = (keyword: string) => !lists(keyword) || has(keyword, sshAccount, "*");
  const said: [boolean, string][] = [
    [has("pubkeyauthentication", "yes"), "its sshd takes no public keys (PubkeyAuthentication); let it"],
    [
      has("authorizedkeysfile", ".ssh/authorized_keys", "%h/.ssh/authorized_keys"),
      "its sshd doesn't look into ~/.ssh/authorized_keys (AuthorizedKeysFile); add that",
    ],
    [lets("allowusers"), `its sshd lets only some accounts in (AllowUsers); add ${sshAccount}`],
    [lets("allowgroups"), `its sshd lets only some groups in (AllowGroups); add ${sshAccount}`],
    [
      !has("denyusers", sshAccount, "*") && !has("denygroups", sshAccount, "*"),
      `its sshd keeps ${sshAccount} out (DenyUsers, DenyGroups); remove that`,
    ],
    [
      !lists("authenticationmethods") || has("authenticationmethods", "any", "publickey"),
      "its sshd asks for more than a key (AuthenticationMethods); let a key do for this account",
    ],
    [
      !lists("forcecommand") || has("forcecommand", "none"),
      "its sshd has a command of its own for everybody (ForceCommand); make an exception for this account",
    ],
    [
      !lists("chrootdirectory") || has("chrootdirectory", "none"),
      "its sshd shuts everybody into a folder (ChrootDirectory); make an exception for this account",
    ],
  ];
  return said.flatMap(([fine, reason]) => (fine ? [] : [reason]));
}
