/** Entry of the `vedette` command. `--version` answers before anything else is loaded. */
import { enableCompileCache } from 'node:module';
import metadata from '../../package.json' with { type: 'json' };

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${metadata.version}\n`);
} else {
  // Compiled code is kept beside the bundle: whoever could plant false code there could change the bundle itself.
  if (import.meta.filename.endsWith('.js')) enableCompileCache(`${import.meta.dirname}/compiled`);
  const { run } = await import('./program.ts');
  process.exitCode = await run(args, metadata.version);
}
