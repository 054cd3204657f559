import type { Cidr } from '../domain/cidr.ts';
import { toCidr } from '../domain/cidr.ts';

/**
 * The text of `ip -4 route show table local`: what addrtype LOCAL asks, addresses of the host and whole
 * networks such as 127.0.0.0/8, which `ip address` does not tell.
 */
export function parseLocal(text: string): Cidr[] {
  return text.split('\n').flatMap((line) => {
    const [type, network = ''] = line.split(' ');
    const reading = toCidr(network);
    return type === 'local' && reading.kind === 'cidr' ? [reading.cidr] : [];
  });
}
