/** A rule of policy routing: its priority and its words as `ip rule show` prints them, `from all` first. */
export interface IpRule {
  readonly priority: number;
  readonly words: string;
}

/** A priority has 32 bits. */
const LINE = /^([0-9]{1,10}):\s+(.*)$/;

/** Behind iif and oif: the interface is gone, not that the rule is another. */
const DETACHED = / \[detached\](?= |$)/g;

/** The text of `ip -4 rule show`; undefined for a line that is no rule. */
export function parseIpRules(text: string): IpRule[] | undefined {
  const rules = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseIpRule);
  return rules.every((rule) => rule !== undefined) ? rules : undefined;
}

function parseIpRule(line: string): IpRule | undefined {
  const [, priority, words] = LINE.exec(line) ?? [];
  if (priority === undefined || words === undefined) return undefined;
  const attached = words.replace(/\s+/g, ' ').replace(DETACHED, '').trim();
  return { priority: Number(priority), words: attached };
}

export function printIpRule({ priority, words }: IpRule): string {
  return `${String(priority)}:\t${words}`;
}

export function sameIpRule(one: IpRule, other: IpRule): boolean {
  return one.priority === other.priority && one.words === other.words;
}
