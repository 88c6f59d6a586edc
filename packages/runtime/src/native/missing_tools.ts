import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function isOnPath(program: string): boolean {
  const isProgram = (directory: string): boolean => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return (process.env.PATH ?? '').split(delimiter).some(isProgram);
}

/** What a set-up of the native backend would lack here, as far as the PATH tells: a phrase, empty if nothing. */
export function missingTools(): string {
  const missing: string[] = [];
  if (!process.env.CXX && !['c++', 'g++', 'clang++'].some(isOnPath)) missing.push('a C++ compiler');
  if (!['python3', 'python'].some(isOnPath)) missing.push('Python 3');
  return missing.join(' and ');
}
