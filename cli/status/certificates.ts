import { X509Certificate } from "node:crypto";

/** A certificate that ends some day. */
export interface Ending {
  /** `server`, `root`, or a client's name. */
  whose: string;
  /** RFC 3339. */
  expires: string;
  daysLeft: number;
  /** From when on `up` renews it, RFC 3339; missing where it doesn't, or nothing is known of it. */
  renewal?: string;
}

const hour = 3600_000;

/**
 * The ends of all certificates, out of the stack's outputs and of what the machine shows.
 *
 * @param server the front door's certificate, DER in base64
 */
export function endings(outputs: Record<string, unknown>, server: string, now = Date.now()): Ending[] {
  const { clients, bundles, rootExpires } = outputs as {
    clients?: Record<string, { expires?: string }>;
    bundles?: Record<string, { "cert.pem": string }>;
    rootExpires?: string;
  };
  const ending = (whose: string, expires: string, renewal?: string): Ending => ({
    whose,
    expires,
    daysLeft: Math.floor((Date.parse(expires) - now) / (24 * hour)),
    ...(renewal && { renewal }),
  });
  const certified = (whose: string, certificate: X509Certificate) =>
    ending(whose, rfc3339(Date.parse(certificate.validTo)), rfc3339(renewalOf(certificate)));
  return [
    certified("server", new X509Certificate(Buffer.from(server, "base64"))),
    ...Object.entries(clients ?? {}).flatMap(([name, { expires }]) => {
      const pem = bundles?.[name]?.["cert.pem"];
      if (pem !== undefined) return [certified(name, new X509Certificate(pem))];
      return expires === undefined ? [] : [ending(name, expires)];
    }),
    ...(rootExpires === undefined ? [] : [ending("root", rootExpires)]),
  ];
}

/** The one that `up` renews first. */
export function nextRenewal(all: Ending[]): (Ending & { renewal: string }) | undefined {
  const renewed = all.filter((one): one is Ending & { renewal: string } => one.renewal !== undefined);
  return renewed.sort((one, other) => Date.parse(one.renewal) - Date.parse(other.renewal)).at(0);
}

/** As components/authority/lifetime.ts has it: a month before the end, or in the last third of a short life. */
function renewalOf({ validFrom, validTo }: X509Certificate): number {
  const hours = Math.round((Date.parse(validTo) - Date.parse(validFrom)) / hour);
  return Date.parse(validTo) - Math.min(720, Math.floor(hours / 3)) * hour;
}

function rfc3339(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
