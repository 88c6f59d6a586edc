import { z } from 'zod';
import type { Task } from './task.js';
import { translationTask } from './tasks/translation.js';

/** All tasks; a new one is a file in `tasks/` and a line here. */
const tasks: Record<string, Task> = {
  translation: translationTask,
};

const [first, ...others] = Object.values(tasks).map(({ schema }) => schema);

/** What a recipe may say. */
export const recipeSchema = z.discriminatedUnion('task', [first!, ...others]);

export function taskOf({ task }: { task: string }): Task {
  return tasks[task]!;
}
