import { BlockList, isIP } from 'node:net';

/** Which IP addresses belong to the public internet, and which only this machine's own network can reach. */

/** Networks that are not the public internet (IANA's special-purpose registries, RFC 6890). */
const privateNetworks = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  privateNetworks.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  privateNetworks.addSubnet(network, bits, 'ipv6');
}

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const kind = isIP(address);
  if (kind === 4) return !privateNetworks.check(address, 'ipv4');
  if (kind !== 6) return false;
  const mapped = mappedFour(address);
  return mapped === undefined ? !privateNetworks.check(address, 'ipv6') : isPublicAddress(mapped);
}

/** The IPv4 address inside an IPv6 one (`::ffff:10.0.0.1`, NAT64's `64:ff9b::a00:1`, 6to4's `2002:a00:1::`), if it is such. */
function mappedFour(address: string): string | undefined {
  const full = new URL(`http://[${address.replace(/%.*$/u, '')}]/`).hostname.slice(1, -1);
  const [head = '', tail] = full.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [
    ...left,
    ...Array.from({ length: 8 - left.length - right.length }, () => '0'),
    ...right,
  ].map((group) => Number.parseInt(group, 16));
  const four = (at: number) =>
    [groups[at] ?? 0, groups[at + 1] ?? 0].flatMap((group) => [group >> 8, group & 255]).join('.');
  const isZero = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  if (isZero(0, 5) && groups[5] === 0xffff) return four(6);
  if (groups[0] === 0x64 && groups[1] === 0xff9b && isZero(2, 6)) return four(6);
  if (groups[0] === 0x2002) return four(1);
  return undefined;
}
