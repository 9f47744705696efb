type Environment = Readonly<Record<string, string>>;

const variable = 'TRAINYARD_SUITE_CLOUD';

/**
 * How the suites in the extension host learn of a cloud that is simulated outside of it. Its key and address lie under
 * another name until a suite wants them: without one, no suite rents.
 */
export const suiteCloud = {
  /** @param environment what makes a client use the cloud */
  told: (environment: Environment): Environment => ({ [variable]: JSON.stringify(environment) }),

  /** From now on this process has an account there. @returns takes it away again */
  open(): () => void {
    const environment = suiteCloud.environment();
    Object.assign(process.env, environment);
    return () => {
      for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    };
  },

  environment: (): Environment => JSON.parse(process.env[variable] ?? '{}') as Environment,
};
