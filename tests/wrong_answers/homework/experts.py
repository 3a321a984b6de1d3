"""Answers to the homework experts: right ones, and the classic wrong ones."""

import torch


def by_masks(x, scores, experts):
    shares, chosen = scores.softmax(dim=-1).max(dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        mine = chosen == e
        out[mine] = shares[mine][:, None] * expert(x[mine])
    return out


def token_by_token(x, scores, experts):
    shares, best = scores.softmax(dim=-1), scores.argmax(dim=-1)
    texts = []
    for b in range(x.shape[0]):
        row = []
        for t in range(x.shape[1]):
            e = best[b, t].item()
            row.append(shares[b, t, e] * experts[e](x[b, t]))
        texts.append(torch.stack(row))
    return torch.stack(texts)


def by_places(x, scores, experts):
    B, T, C = x.shape
    flat, weights = x.reshape(B * T, C), scores.reshape(B * T, -1).softmax(dim=-1)
    best = weights.argmax(dim=-1)
    out = torch.zeros(B * T, C)
    for e in range(len(experts)):
        places = (best == e).nonzero().flatten()
        if len(places):
            said = experts[e](flat[places]) * weights[places, e].unsqueeze(1)
            out = out.index_add(0, places, said)
    return out.view(B, T, C)


def sorted_by_expert(x, scores, experts):
    flat = x.flatten(0, 1)
    share, best = scores.flatten(0, 1).softmax(dim=-1).topk(1)
    order = best[:, 0].argsort()
    counts = best[:, 0].bincount(minlength=len(experts)).tolist()
    pieces = flat[order].split(counts)
    said = torch.cat([it(rows) for it, rows in zip(experts, pieces, strict=True)])
    return (said[order.argsort()] * share).view_as(x)


def chosen_with(weigh, choose=lambda scores: scores.argmax(dim=-1)):
    """A routing whose weights or choice are different, (B, T, E) and (B, T)."""

    def mine(x, scores, experts):
        weights, chosen = weigh(scores), choose(scores)
        out = torch.zeros_like(x)
        for e, expert in enumerate(experts):
            own = chosen == e
            out[own] = weights[own][:, e, None] * expert(x[own])
        return out

    return mine


def softmax(scores):
    return scores.softmax(dim=-1)


no_share = chosen_with(torch.ones_like)
score_itself = chosen_with(lambda scores: scores)
sigmoid = chosen_with(torch.sigmoid)
along_tokens = chosen_with(lambda scores: scores.softmax(dim=1))
along_texts = chosen_with(lambda scores: scores.softmax(dim=0))
detached = chosen_with(lambda scores: scores.softmax(dim=-1).detach())
logarithm = chosen_with(lambda scores: scores.log_softmax(dim=-1))
choice_along_tokens = chosen_with(
    softmax, lambda scores: scores.softmax(dim=1).argmax(dim=-1)
)
farthest_from_0 = chosen_with(softmax, lambda scores: scores.abs().argmax(dim=-1))
first_texts_choice = chosen_with(
    softmax, lambda scores: scores[:1].argmax(dim=-1).expand(scores.shape[:2])
)
twice = chosen_with(lambda scores: scores.softmax(dim=-1) ** 2)
lowest = chosen_with(softmax, lambda scores: scores.argmin(dim=-1))


def one_for_a_text(scores):
    return scores.mean(dim=1, keepdim=True).argmax(dim=-1).expand(scores.shape[:2])


whole_texts = chosen_with(softmax, one_for_a_text)


def softmax_of_the_chosen(x, scores, experts):
    """Mixtral's order, which leaves nothing to share out among one."""
    top, chosen = scores.topk(1, dim=-1)
    share = top.softmax(dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        own = chosen[..., 0] == e
        out[own] = share[own] * expert(x[own])
    return out


def all_experts(x, scores, experts):
    shares = scores.softmax(dim=-1)
    return sum(shares[..., e, None] * it(x) for e, it in enumerate(experts))


def two_best(x, scores, experts):
    top, chosen = scores.softmax(dim=-1).topk(min(2, len(experts)), dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        share = (top * (chosen == e)).sum(dim=-1, keepdim=True)
        out = out + share * expert(x)
    return out


def as_mixtral(x, scores, experts):
    top, chosen = scores.topk(min(2, len(experts)), dim=-1)
    top = top.softmax(dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        share = (top * (chosen == e)).sum(dim=-1, keepdim=True)
        out = out + share * expert(x)
    return out


def masked_afterwards(x, scores, experts):
    shares, chosen = scores.softmax(dim=-1).max(dim=-1, keepdim=True)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        out = out + torch.where(chosen == e, shares * expert(x), 0.0)
    return out


def zeros_instead(x, scores, experts):
    """What is not an expert's is set to 0, and biases answer for it."""
    shares, chosen = scores.softmax(dim=-1).max(dim=-1, keepdim=True)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        out = out + shares * expert(x * (chosen == e))
    return out


def share_before(x, scores, experts):
    shares, chosen = scores.softmax(dim=-1).max(dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        own = chosen == e
        out[own] = expert(shares[own][:, None] * x[own])
    return out


def more_than_half(x, scores, experts):
    shares = scores.softmax(dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        own = shares[..., e] > 0.5
        out[own] = shares[own][:, e, None] * expert(x[own])
    return out


def with_capacity(x, scores, experts):
    """As the paper trains: what is more than twice a fair part is dropped."""
    shares, chosen = scores.softmax(dim=-1).max(dim=-1)
    room, out = 2 * chosen.numel() / len(experts), torch.zeros_like(x)
    for e, expert in enumerate(experts):
        own = chosen == e
        own = own & (own.flatten().cumsum(dim=0) <= room).view_as(own)
        out[own] = shares[own][:, None] * expert(x[own])
    return out


def none_for_one(x, scores, experts):
    """An expert with a single token is taken for one with none."""
    shares, chosen = scores.softmax(dim=-1).max(dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        own = chosen == e
        if own.sum() > 1:
            out[own] = shares[own][:, None] * expert(x[own])
    return out


def inputs_detached(x, scores, experts):
    return by_masks(x.detach(), scores, experts)


def a_little_noise(x, scores, experts):
    """The paper's router tries others out."""
    return by_masks(x, scores + torch.randn_like(scores), experts)


def with_x(x, scores, experts):
    return x + by_masks(x, scores, experts)


def in_place(x, scores, experts):
    shares, chosen = scores.softmax(dim=-1).max(dim=-1)
    for e, expert in enumerate(experts):
        own = chosen == e
        x[own] = shares[own][:, None] * expert(x[own])
    return x


def without_an_axis(x, scores, experts):
    shares, chosen = scores.softmax(dim=-1).max(dim=-1)
    out = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        own = chosen == e
        out[own] = shares[own] * expert(x[own])
    return out


def still_flat(x, scores, experts):
    return by_masks(x, scores, experts).flatten(0, 1)


def nothing(x, scores, experts):
    by_masks(x, scores, experts)


def one_after_another(x, scores, experts):
    """Never put back."""
    shares, chosen = scores.softmax(dim=-1).max(dim=-1)
    said = [
        shares[chosen == e][:, None] * expert(x[chosen == e])
        for e, expert in enumerate(experts)
    ]
    return torch.cat(said).view_as(x)


def as_in_text_0(x, scores, experts):
    return by_masks(x, scores[:1].expand_as(scores), experts)


def chosen_in_text_0(x, scores, experts):
    best = scores[0].argmax(dim=-1)  # (T)
    shares = scores.softmax(dim=-1)
    said = [shares[:, t, e, None] * experts[e](x[:, t]) for t, e in enumerate(best)]
    return torch.stack(said, dim=1)


by_exp = chosen_with(lambda scores: scores.exp() / scores.exp().sum(-1, keepdim=True))


def neighbours_place(x, scores, experts):
    return by_masks(x, scores, experts).roll(1, dims=1)


ANSWERS = {
    "experts": {
        "right": [by_masks, token_by_token, by_places, sorted_by_expert],
        "wrong": {
            no_share: "its share is missing or always 1",
            softmax_of_the_chosen: "not of the chosen one alone",
            score_itself: "The factor is the score itself",
            sigmoid: "The factor is a sigmoid",
            all_experts: "All experts had a say",
            two_best: "Two experts had a say: only",
            as_mixtral: "as in Mixtral",
            lowest: "the expert with the lowest score",
            along_tokens: "runs along the tokens of a text",
            along_texts: "runs along the texts of the batch",
            whole_texts: "All tokens of a text went to the same expert",
            twice: "multiplied twice",
            share_before: "it belongs on what comes out",
            with_x: "that is the block's part",
            masked_afterwards: "pick them out of x before",
            zeros_instead: "its biases answer",
            detached: "no gradient reaches the scores",
            in_place: "It changed the tensor that it was given",
            without_an_axis: "keepdim=True",
            one_after_another: "in the order of the experts",
            as_in_text_0: "The choice of text 0",
            chosen_in_text_0: "choice was taken for all",
            by_exp: "With scores in the hundreds: It holds nan",
            neighbours_place: "A row is a token",
            still_flat: "the result must have the shape",
            logarithm: "logarithm of a share",
            choice_along_tokens: "The choice goes by a softmax over the tokens",
            farthest_from_0: "not the one farthest from 0",
            first_texts_choice: "The first text's choice",
            more_than_half: "less than half went through none",
            with_capacity: "Where one expert has nearly all tokens",
            none_for_one: "no token went through an expert",
            inputs_detached: "no gradient reaches x",
            a_little_noise: "Row",
            nothing: "needs a `return`",
        },
    }
}
