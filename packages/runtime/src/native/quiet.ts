/**
 * Sets, where the user has not, the variables that keep TensorFlow from writing to stderr; not if `CHUI_TF_LOG=1`.
 * They must be set before TensorFlow is loaded; from a worker thread, which has its own copy of the environment, they
 * do not reach it.
 */
export function quietEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (env.CHUI_TF_LOG !== '1') env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  return env;
}
