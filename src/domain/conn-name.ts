import { decoded } from './decoded.ts';

/**
 * The name of a connection of ipsec.conf as it stands in an iptables comment: a string of bytes, one
 * per character, like all iptables text here.
 */
export function commentOf(conn: string): string {
  if (ASCII.test(conn)) return conn;
  const bytes = new TextEncoder().encode(conn);
  // one by one: a call takes only so many arguments, and nothing has measured the name yet
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

const ASCII = /^[ -~]*$/;

/** iptables stores 255 bytes and cuts the rest off silently, which would be a false difference for ever. */
export const LONGEST_COMMENT = 255;

/** The way back: the comment's bytes as the name that they spell. */
export function connOf(comment: string): string {
  return decoded(comment);
}

/** In the place of a conn's name where the sending socket chooses the SA: with blanks, as no conn has. */
export const BY_SOCKET = 'SAref of its socket';

/** Likewise where nobody can say whose socket it was. */
export const OF_CLOSED = 'left of a closed socket';
