/** A word of a rule as iptables-restore splits it. */
export interface Word {
  /** Without quotes and escapes. */
  readonly text: string;
  /** A quoted word is a value, whatever it looks like. */
  readonly quoted: boolean;
  /** As it stands in the line. */
  readonly raw: string;
}

/** iptables-restore takes no more (MAX_ARGC in iptables/xshared.h). */
export const MOST_WORDS = 254;

/**
 * Total: every text is some words (add_param_to_argv in iptables/xshared.c). A quote may open inside a
 * word; its end always ends the word; a backslash means something between quotes alone. A quote that
 * nothing closes runs to the end.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (isSeparator(line, at)) {
      at += 1;
    } else {
      const end = wordEnd(line, at);
      words.push(wordOf(line.slice(at, end)));
      at = end;
    }
  }
  return words;
}

function isSeparator(line: string, at: number): boolean {
  const char = line[at];
  return char === ' ' || char === '\t' || char === '\n';
}

function wordEnd(line: string, start: number): number {
  for (let at = start; at < line.length; at += 1) {
    if (isSeparator(line, at)) return at;
    if (line[at] === '"') return closingQuote(line, at) + 1;
  }
  return line.length;
}

/** The place of the quote that closes the one at `open`; the end where there is none. */
function closingQuote(line: string, open: number): number {
  for (let at = open + 1; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') return at;
  }
  return line.length;
}

function wordOf(raw: string): Word {
  const open = raw.indexOf('"');
  if (open === -1) return { text: raw, quoted: false, raw };
  const inside = raw.slice(open + 1, closingQuote(raw, open));
  return { text: raw.slice(0, open) + inside.replace(/\\([^])/g, '$1'), quoted: true, raw };
}

/** Whether a quote is still open at the end: the line goes on behind the next newline. */
export function endsInQuote(line: string): boolean {
  let at = line.indexOf('"');
  while (at !== -1) {
    const close = closingQuote(line, at);
    if (close >= line.length) return true;
    at = line.indexOf('"', close + 1);
  }
  return false;
}

/** Whether a word is the same with and without quotes, and can be read back without them. */
export function isBareName(text: string): boolean {
  return /^[^\s"\\]+$/.test(text);
}

/** As iptables-save writes a string (xtables_save_string in libxtables/xtables.c). */
export function quoteWord(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : inQuotes(text);
}

export function inQuotes(text: string): string {
  return `"${text.replace(/["\\']/g, '\\$&')}"`;
}
