export interface Config {
  readonly gatewayUrls: readonly string[];
  readonly token: string;
  /** Says how many payments to make; looked at while the program runs. */
  readonly steeringFile: string;
  /** Where it says what it does. */
  readonly statusFile: string;
}

/** Reads and checks the environment. Throws an Error that names the bad variable. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const needed = (name: string) => {
    const value = env[name];
    if (!value) throw new Error(`${name} is missing`);
    return value;
  };
  const gatewayUrls = needed('DEMO_GATEWAY_URLS').split(',');
  for (const url of gatewayUrls) if (!URL.canParse(url)) throw new Error('DEMO_GATEWAY_URLS: not a list of URLs');
  return Object.freeze({
    gatewayUrls,
    token: needed('GATEWAY_TOKEN'),
    steeringFile: needed('DEMO_STEERING_FILE'),
    statusFile: needed('DEMO_STATUS_FILE'),
  });
}
