import type { Source, Span } from '../diagnostics/source.ts';

/** A section of ipsec.conf: `conn NAME`, `conn %default`. */
export interface ConnSection {
  readonly name: string;
  /** The name in its first line. */
  readonly span: Span;
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly key: string;
  readonly value: string;
  /** All of it, as it stands. */
  readonly span: Span;
}

/** The conn sections of a file, in order; ipsec.conf(5). Total: what is none is passed over. */
export function parseIpsecConf(source: Source): ConnSection[] {
  const sections: (ConnSection & { readonly settings: Setting[] })[] = [];
  let open: Setting[] | undefined;
  let start = 0;
  for (const line of source.text.split('\n')) {
    const [, type, name = ''] = /^(\w+)[ \t]+([^\s#]+)/.exec(line) ?? [];
    if (/^[^\s#]/.test(line)) open = undefined;
    if (type === 'conn') {
      open = [];
      const at = start + line.indexOf(name, type.length);
      sections.push({ name, span: { source, start: at, end: at + name.length }, settings: open });
    }
    const setting = settingIn({ source, start, end: start + line.length });
    if (setting !== undefined) open?.push(setting);
    start += line.length + 1;
  }
  return sections;
}

/** ` key=value`, indented; a value may stand in quotes. */
function settingIn({ source, start, end }: Span): Setting | undefined {
  const line = source.text.slice(start, end);
  const [, indent, key, quoted, plain = ''] =
    /^([ \t]+)([\w-]+)[ \t]*=[ \t]*(?:"([^"]*)"|([^\s#]*))/.exec(line) ?? [];
  if (indent === undefined || key === undefined) return undefined;
  return {
    key: key.toLowerCase(),
    value: quoted ?? plain,
    span: { source, start: start + indent.length, end: start + line.replace(/#.*/, '').trimEnd().length },
  };
}

/**
 * What holds for a conn: its own setting, one of a section that it takes over by `also=`, or that of
 * `conn %default`. Sections of one name are one. Undefined where nothing says it.
 */
export function settingOf(sections: readonly ConnSection[], name: string, key: string): Setting | undefined {
  return lookUp(sections, { name, key, seen: [] }) ?? lookUp(sections, { name: '%default', key, seen: [] });
}

interface Search {
  readonly name: string;
  readonly key: string;
  /** Sections on the way here, for a circle of them. */
  readonly seen: readonly string[];
}

function lookUp(sections: readonly ConnSection[], { name, key, seen }: Search): Setting | undefined {
  if (seen.includes(name)) return undefined;
  const settings = sections.filter((section) => section.name === name).flatMap((section) => section.settings);
  const own = settings.findLast((setting) => setting.key === key);
  if (own !== undefined) return own;
  const others = settings.filter((setting) => setting.key === 'also').map(({ value }) => value);
  for (const other of others) {
    const found = lookUp(sections, { name: other, key, seen: [...seen, name] });
    if (found !== undefined) return found;
  }
  return undefined;
}
