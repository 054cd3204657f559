import { createTwoFilesPatch } from 'diff';

/** A text and what to call it. */
interface Named {
  readonly name: string;
  readonly text: string;
}

/** Unified, without the dates and the rule under the names that a patch file has; nothing for equal texts. */
export function unifiedPatch(before: Named, after: Named): string {
  if (before.text === after.text) return '';
  const headers = [undefined, undefined] as const;
  const patch = createTwoFilesPatch(before.name, after.name, before.text, after.text, ...headers, {
    context: 2,
  });
  return patch.replace(/^=+\n/, '').replace(/\t$/gm, '');
}
