#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { adaptiveCommand } from './commands/adaptive.js';
import { chatCommand } from './commands/chat.js';
import { finetuneCommand } from './commands/finetune.js';
import { generateCommand } from './commands/generate.js';
import { infoCommand } from './commands/info.js';
import { pretrainCommand } from './commands/pretrain.js';
import { setupCommand } from './commands/setup.js';
import { trainCommand } from './commands/train.js';
import { translateCommand } from './commands/translate.js';
import { translateCheckCommand } from './commands/translate_check.js';
import { translateModelCommand } from './commands/translate_model.js';
import { chuiVersion } from './version.js';

const program = new Command('chui')
  .description('Attention models for TypeScript: set up, train, compare.')
  .version(chuiVersion)
  .exitOverride()
  .enablePositionalOptions()
  .addCommand(setupCommand())
  .addCommand(infoCommand())
  .addCommand(trainCommand())
  .addCommand(finetuneCommand())
  .addCommand(pretrainCommand())
  .addCommand(generateCommand())
  .addCommand(chatCommand())
  .addCommand(translateCommand())
  .addCommand(adaptiveCommand())
  .addCommand(translateModelCommand(), { hidden: true })
  .addCommand(translateCheckCommand(), { hidden: true });

// Whoever reads what is written may have enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  // Such an error has been told already.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message.replace(/^/gm, 'chui: ')}\n`);
    if (process.env.CHUI_DEBUG) console.error(error);
    process.exitCode = 1;
  }
}
