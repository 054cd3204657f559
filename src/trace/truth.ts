/** maybe: it depends on what is not known here, such as an extension that the vocabulary lacks. */
export type Truth = 'yes' | 'no' | 'maybe';

export function truthOf(value: boolean): Truth {
  return value ? 'yes' : 'no';
}

export function not(truth: Truth): Truth {
  if (truth === 'maybe') return 'maybe';
  return truth === 'yes' ? 'no' : 'yes';
}

export function all(truths: readonly Truth[]): Truth {
  if (truths.includes('no')) return 'no';
  return truths.includes('maybe') ? 'maybe' : 'yes';
}

export function any(truths: readonly Truth[]): Truth {
  return not(all(truths.map(not)));
}
