"""What chui's models in bench/src/chui compute, as one would write it in PyTorch."""

import torch
import torch.nn as nn
import torch.nn.functional as F

CLASSES = 2


class Block(nn.Module):
    def __init__(self, width, heads, hidden, dropout):
        super().__init__()
        self.heads = heads
        self.rate = dropout
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, hidden)
        self.reduce = nn.Linear(hidden, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        batch, length, width = x.shape
        parts = self.query_key_value(x).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # (B, H, T, K) each
        rate = self.rate if self.training else 0.0
        context = F.scaled_dot_product_attention(query, key, value, dropout_p=rate)
        joined = context.transpose(1, 2).reshape(batch, length, width)
        x = self.attention_norm(x + self.dropout(self.output(joined)))
        hidden = self.dropout(F.gelu(self.expand(x)))
        return self.norm(x + self.dropout(self.reduce(hidden)))


class Encoder(nn.Module):
    def __init__(self, layers, width, heads, hidden, vocabulary, positions, dropout, **_):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(positions, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, hidden, dropout) for _ in range(layers))
        for table in (self.embedding, self.positions):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, ids):
        x = self.embedding(ids) + self.positions.weight[: ids.shape[1]]
        x = self.dropout(self.norm(x))
        for block in self.blocks:
            x = block(x)
        return x


class Classifier(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.encoder = Encoder(**sizes)
        self.head = nn.Linear(sizes["width"], CLASSES)

    def forward(self, ids):
        return self.head(self.encoder(ids)[:, 0])


class MaskedLm(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width = sizes["width"]
        self.encoder = Encoder(**sizes)
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(sizes["vocabulary"]))

    def forward(self, ids):
        read = self.norm(F.gelu(self.dense(self.encoder(ids))))
        return F.linear(read, self.encoder.embedding.weight, self.bias)


class Attention(nn.Module):
    """Attention alone; its input is among what gradients are computed of, but no parameter."""

    def __init__(self, sizes):
        super().__init__()
        self.attention = nn.MultiheadAttention(sizes["width"], sizes["heads"], batch_first=True)
        shape = (sizes["batch"], sizes["length"], sizes["width"])
        self.x = torch.randn(shape, requires_grad=True)
        self.probe = torch.randn(shape)

    def forward(self):
        context, _ = self.attention(self.x, self.x, self.x, need_weights=False)
        return (context * self.probe).mean()


class Seq2Seq(nn.Module):
    """LSTM encoder that reads both ways, LSTM decoder with additive attention and input feeding (Luong's order)."""

    PAD, START = 0, 2

    def __init__(self, sizes):
        super().__init__()
        width, vocabulary = sizes["width"], sizes["vocabulary"]
        self.source = nn.Embedding(vocabulary, width)
        self.encoder = nn.LSTM(width, width // 2, bidirectional=True, batch_first=True)
        self.target = nn.Embedding(vocabulary, width)
        self.cell = nn.LSTMCell(2 * width, width)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width)
        self.score = nn.Linear(width, 1, bias=False)
        self.combine = nn.Linear(2 * width, width, bias=False)
        self.head = nn.Linear(width, vocabulary)
        self.dropout = nn.Dropout(sizes["dropout"])

    def forward(self, ids, labels):
        batch = ids.shape[0]
        memory, state = self.encoder(self.dropout(self.source(ids)))  # (B, S, D)
        h, c = (part.transpose(0, 1).reshape(batch, -1) for part in state)  # (B, D)
        start = torch.full((batch, 1), self.START, dtype=labels.dtype)
        inputs = self.dropout(self.target(torch.cat([start, labels[:, :-1]], 1)))  # (B, T, D)

        keys = self.key(memory)  # (B, S, D)
        masked = ids == self.PAD  # (B, S)
        fed = torch.zeros_like(h)
        outputs = []
        for x in inputs.unbind(1):
            h, c = self.cell(torch.cat([x, fed], 1), (h, c))
            hidden = torch.tanh(self.query(h)[:, None] + keys)  # (B, S, D)
            scores = self.score(hidden)[:, :, 0].masked_fill(masked, float("-inf"))
            weights = torch.softmax(scores, 1)  # (B, S)
            context = (weights[:, None] @ memory)[:, 0]  # (B, D)
            fed = torch.tanh(self.combine(torch.cat([context, h], 1)))
            outputs.append(fed)
        return self.head(self.dropout(torch.stack(outputs, 1)))  # (B, T, V)
