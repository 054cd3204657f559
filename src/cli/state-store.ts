import type { StateFolder } from '../system/state-folder.ts';
import { findStateFolder, openStateFolder } from '../system/state-folder.ts';
import { placeHere } from '../system/occasion.ts';
import type { Arguments } from './options.ts';

/** What is kept is of one network namespace and of one boot. */
function folderName(): string {
  const { boot, netns } = placeHere();
  return `${boot}.${netns}`;
}

/** @throws StateUnusable */
export function openStore(args: Arguments): StateFolder {
  return openStateFolder(args.value('state-dir'), folderName());
}

/** Undefined where nothing is kept yet. */
export function findStore(args: Arguments): StateFolder | undefined {
  return findStateFolder(args.value('state-dir'), folderName());
}
