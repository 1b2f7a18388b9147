// How the market's islands ask the API, and when they need not.

export async function ask(address: string): Promise<unknown> {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

/** Whether nobody looks: a hidden page asks for nothing. */
export function waits(): boolean {
  return document.hidden;
}
