import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import ipaddr from "ipaddr.js";

/** Whether one of the rules lets a TCP connection from an address to a port in. */
export function admits(rules: SecurityGroupRule[], address: string, port: number): boolean {
  const peer = ipaddr.process(address);
  return rules.some((rule) => {
    const { IsEgress, IpProtocol, FromPort = -1, ToPort = -1, CidrIpv4, CidrIpv6 } = rule;
    const cidr = peer.kind() === "ipv4" ? CidrIpv4 : CidrIpv6;
    if (IsEgress || cidr === undefined) return false;
    const everything = IpProtocol === "-1";
    const thisPort = IpProtocol === "tcp" && FromPort <= port && port <= ToPort;
    return (everything || thisPort) && peer.match(ipaddr.parseCIDR(cidr));
  });
}
