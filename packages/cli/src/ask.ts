// Questions to the person at the terminal, and secrets from standard input where there is none.
import { confirm, isCancel, password, text } from '@clack/prompts';
import { CommandFailure } from './failures.js';
import type { CommandContext } from './command.js';

function interrupted(): CommandFailure {
  return new CommandFailure('interrupted', 'INTERRUPTED', 'Interrupted.', 'Nothing was changed.');
}

export async function askText(context: CommandContext, message: string, option: string): Promise<string> {
  if (!context.isInteractive) throw new CommandFailure('usage', 'ANSWER_MISSING', `${message} is not given.`, `Give it with ${option}.`);
  const answer = await text({ message });
  if (isCancel(answer)) throw interrupted();
  return answer;
}

/** A secret from the prompt, or the whole of standard input where `option` was given. */
export async function askPassword(context: CommandContext, message: string, fromStandardInput: boolean, option = '--password-stdin'): Promise<string> {
  if (fromStandardInput) return (await readStandardInput()).replace(/\r?\n$/u, '');
  if (!context.isInteractive) {
    throw new CommandFailure('usage', 'ANSWER_MISSING', `${message} is not given.`, `Pipe it in with ${option}; it is never an argument, since others could see it.`);
  }
  const answer = await password({ message });
  if (isCancel(answer)) throw interrupted();
  return answer;
}

export async function askConfirmation(context: CommandContext, message: string): Promise<boolean> {
  if (!context.isInteractive) throw new CommandFailure('usage', 'CONFIRMATION_MISSING', message, 'Repeat the command with --yes.');
  const answer = await confirm({ message, initialValue: false });
  if (isCancel(answer)) throw interrupted();
  return answer;
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}
