/** Examples as JSON Lines. */
export function jsonl(...examples: readonly unknown[]): string {
  return examples.map((example) => `${JSON.stringify(example)}\n`).join('');
}

export function chat(question: string, answer: string): object {
  return {
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  };
}

/** Conversations that have nothing wrong with them, all different. */
export function manyChats(count: number): string {
  return jsonl(...Array.from({ length: count }, (_, i) => chat(`What is ${i} plus 1?`, `It is ${i + 1}.`)));
}

/** Pairs of answers that have nothing wrong with them, all different. */
export function manyPairs(count: number): string {
  return jsonl(
    ...Array.from({ length: count }, (_, i) => ({
      prompt: `What is ${i} plus 1?`,
      chosen: `It is ${i + 1}.`,
      rejected: 'Nobody knows.',
    })),
  );
}
