/** Names of DSCP classes (RFC 2474, 2597, 3246; libxtables' dscp_helper.c). */
const CLASSES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`CS${String(index)}`, index * 8])),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((group) =>
      [1, 2, 3].map((drop) => [`AF${String(group)}${String(drop)}`, group * 8 + drop * 2]),
    ),
  ),
  BE: 0,
  EF: 46,
};

export const LAST_DSCP = 63;

/** The code point of a class, in capitals or not. */
export function dscpOfClass(word: string): number | undefined {
  const name = word.toUpperCase();
  return Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
}

/** A class, or a code point of 0 to 63. */
export function toDscp(word: string): number | undefined {
  return /^[0-9]{1,2}$/.test(word) && Number(word) <= LAST_DSCP ? Number(word) : dscpOfClass(word);
}
