// Everything the provider keeps, in memory, so that a test can revoke some of it at once.

export class Storage {
  constructor() {
    this.kept = new Map();
    const { kept } = this;
    this.adapter = class {
      constructor(kind) {
        this.kind = kind;
      }

      async upsert(id, payload, seconds) {
        const ends = seconds ? Date.now() + seconds * 1000 : Infinity;
        kept.set(`${this.kind}:${id}`, { kind: this.kind, id, payload, ends });
      }

      async find(id) {
        const entry = kept.get(`${this.kind}:${id}`);
        return entry && entry.ends > Date.now() ? entry.payload : undefined;
      }

      async findByUid(uid) {
        return this.first((payload) => payload.uid === uid);
      }

      async findByUserCode(code) {
        return this.first((payload) => payload.userCode === code);
      }

      async destroy(id) {
        kept.delete(`${this.kind}:${id}`);
      }

      async consume(id) {
        (await this.find(id)).consumed = Math.floor(Date.now() / 1000);
      }

      async revokeByGrantId(grant) {
        for (const [name, entry] of kept) if (entry.payload.grantId === grant) kept.delete(name);
      }

      first(fits) {
        for (const entry of kept.values()) if (entry.kind === this.kind && fits(entry.payload)) return entry.payload;
        return undefined;
      }
    };
  }

  /** Forget what is of these kinds, of one person or of all; how many there were. */
  remove(kinds, login) {
    let count = 0;
    for (const [name, { kind, payload }] of this.kept) {
      if (kinds.includes(kind) && (!login || payload.accountId === login)) {
        this.kept.delete(name);
        count += 1;
      }
    }
    return count;
  }

  clear() {
    this.kept.clear();
  }
}
