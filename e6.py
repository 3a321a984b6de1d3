import time, math, torch, re
from collections import Counter
torch.set_num_threads(1)
from gptlib import GPT, loss_fn
from gptlib.baselines import NGram
from gptlib.text import DATA, eval_rows, load_pretrained_tokenizer, load_text, story_starts
from gptlib.text.tales import Draft, corpus, entropy, pieces, read
from gptlib.text.grammar import GRAMMAR, GIRLS, BOYS
t0=time.time()
def tick(s):
    global t0; print(f"[{time.time()-t0:.2f}] {s}"); t0=time.time()
train_text,val_text=load_text("tales"); tok=load_pretrained_tokenizer(DATA/"tales-gpt"); V=tok.vocab_size
train_ids=torch.tensor(tok.encode(train_text)); newline=tok.encode("\n")[0]
def rows_of(text):
    ids=torch.tensor(tok.encode(text)); return eval_rows(ids,320,story_starts(ids,newline))
X,y=rows_of(val_text); tick("load")
stories=val_text.strip("\n").split("\n")
def next_chars(possible,t):
    total=sum(p for _,p in possible); odds={}
    for text,p in possible: odds[text[t]]=odds.get(text[t],0)+p/total
    return odds
def grown(drafts,t):
    done=[]
    while drafts:
        d,p=drafts.pop()
        options=d.options(GRAMMAR) if len(d.text)<=t else ()
        if not options: done.append((d,p))
        drafts+=[(d.take(o,0.0),p/len(options)) for o in options]
    return done
def perfect(story):
    drafts,costs=[(Draft(pieces("{STORY}")).write(),1.0)],[]
    for t,char in enumerate(story+"\n"):
        drafts=grown(drafts,t)
        possible=[(d.text+"\n",p) for d,p in drafts]
        costs.append(-math.log(next_chars(possible,t)[char]))
        drafts=[it for it,(text,_) in zip(drafts,possible) if text[t]==char]
    return costs
ideal=[perfect(s) for s in stories[:100]]; tick("perfect 100")
for s,c in zip(stories[:100],ideal): assert abs(sum(c)-read(s).nats)<1e-6


c=Counter(); fst=[];oth=[]
NAME = re.compile(rf"\b({'|'.join(GIRLS + BOYS)})\b")
for i in range(100):
    st=stories[i]; f0=NAME.search(st).start()
    for name in sorted(set(NAME.findall(st))):
        at=[m.span() for m in re.finditer(rf"\b{name}\b",st)]
        if len(at)>1:
            s0,e0=at[0]; v=sum(ideal[i][s0:e0])
            (fst if s0==f0 else oth).append(v)
            if s0!=f0: c[round(v,3)]+=1
print(len(fst),sum(fst)/len(fst),len(oth),sum(oth)/len(oth)); print(c.most_common(12)); print([round(math.log(k),4) for k in (64,63,62,61)])

