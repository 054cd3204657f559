const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Text of iptables, ipset or ip, one character per byte, as people read it. Others may have written bytes
 * that are no UTF-8: U+FFFD stands for them.
 */
export function decoded(bytes: string): string {
  return bytes.replace(/[\x80-\xff]+/g, (run) =>
    UTF8.decode(Uint8Array.from(run, (char) => char.charCodeAt(0))),
  );
}
