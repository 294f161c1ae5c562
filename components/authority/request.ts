import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";

const how =
  "make one like this: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj /CN=";

/** Hash of a signature algorithm, null where the algorithm has its own: RFC 5758, RFC 4055, RFC 8410. */
const hashes: Record<string, string | null> = {
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.3.101.112": null,
};

const curves = ["prime256v1", "secp384r1", "secp521r1"];
const leastRsaBits = 2048;
const commonNameType = "2.5.4.3";
const extensionRequest = "1.2.840.113549.1.9.14";

/**
 * What is wrong with a certificate request, undefined when it is fine. It decides about nothing but its key: the name
 * must be the client's, and extensions are refused.
 *
 * @param text PEM
 * @param name the client's name
 */
export function requestProblem(text: string, name: string): string | undefined {
  if (text.includes("PRIVATE KEY-----")) {
    return "holds a private key, which belongs to its owner alone; write the certificate request";
  }
  const several = text.match(/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/g)?.length ?? 0;
  if (several > 1) {
    return `holds ${several} certificate requests, and a client has one key; write the client's own alone`;
  }
  const request = parse(text);
  if (request === undefined) return `is not a certificate request in PEM; ${how}${name}`;
  const key = publicKey(request);
  if (key === undefined) return `has a key of a kind that isn't known; ${how}${name}`;
  return (
    keyProblem(key, name) ??
    nameProblem(request, name) ??
    extensionProblem(request) ??
    signatureProblem(request, key)
  );
}

function parse(text: string): CertificationRequest | undefined {
  const pem =
    /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]+)-----END (?:NEW )?CERTIFICATE REQUEST-----/.exec(
      text,
    );
  if (pem === null) return undefined;
  try {
    return AsnConvert.parse(Buffer.from(pem[1], "base64"), CertificationRequest);
  } catch {
    return undefined;
  }
}

function publicKey({ certificationRequestInfo }: CertificationRequest): KeyObject | undefined {
  const der = Buffer.from(AsnConvert.serialize(certificationRequestInfo.subjectPKInfo));
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

function keyProblem(
  { asymmetricKeyType, asymmetricKeyDetails }: KeyObject,
  name: string,
): string | undefined {
  const { namedCurve = "", modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "ed25519") return undefined;
  if (asymmetricKeyType === "rsa") {
    if (modulusLength >= leastRsaBits) return undefined;
    return `has a weak key, RSA of ${modulusLength} bits, and ${leastRsaBits} is the least; ${how}${name}`;
  }
  if (asymmetricKeyType === "ec" && curves.includes(namedCurve)) return undefined;
  const kind = asymmetricKeyType === "ec" ? `on the curve ${namedCurve}` : `of the type ${asymmetricKeyType}`;
  return `has a key ${kind}; ECDSA P-256, P-384 or P-521, Ed25519 and RSA are accepted; ${how}${name}`;
}

/** The front door's log and an audit know a client by its common name. */
function nameProblem({ certificationRequestInfo }: CertificationRequest, name: string): string | undefined {
  const names = [...certificationRequestInfo.subject]
    .flatMap((relative) => [...relative])
    .filter(({ type }) => type === commonNameType)
    .map(({ value }) => value.toString());
  if (names.length === 1 && names[0] === name) return undefined;
  const found =
    names.length === 0
      ? "no common name"
      : `the common name ${names.map((one) => JSON.stringify(one)).join(", ")}`;
  return `has ${found}, and the client is "${name}"; ${how}${name}`;
}

function extensionProblem({ certificationRequestInfo }: CertificationRequest): string | undefined {
  const asks = [...certificationRequestInfo.attributes].some(({ type }) => type === extensionRequest);
  return asks
    ? "asks for extensions, like other names; make it without (openssl req: no -addext, and no req_extensions in its configuration)"
    : undefined;
}

function signatureProblem(request: CertificationRequest, key: KeyObject): string | undefined {
  const { algorithm } = request.signatureAlgorithm;
  if (!Object.hasOwn(hashes, algorithm)) {
    return `is signed by an algorithm that isn't accepted (${algorithm}); make it with openssl req -sha256`;
  }
  const signedPart = Buffer.from(request.certificationRequestInfoRaw!);
  if (verify(hashes[algorithm], signedPart, key, Buffer.from(request.signature))) return undefined;
  return "is not signed by the key in it: it was changed or damaged on its way; ask for it again";
}
