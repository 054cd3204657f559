/** The mast device. The kernel drops the routes of a device that goes down. */
export interface Link {
  readonly name: string;
  readonly state: 'up' | 'down' | 'absent';
}

/** The text of `ip -oneline link show dev NAME`; no text where there is no such device. */
export function parseLink(name: string, text: string): Link {
  if (text === '') return { name, state: 'absent' };
  const [, flags = ''] = /<([^>]*)>/.exec(text) ?? [];
  return { name, state: flags.split(',').includes('UP') ? 'up' : 'down' };
}
