# One small image: the arena with its demo models, as an ordinary user. Models of your own are mounted (see compose.yaml).
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md ./
# Test tools are left out; everything else is installed exactly as pinned.
RUN grep -vE '^(hypothesis|hypothesis-graphql|mypy|mypy_extensions|playwright|pytest|pytest-.*|ruff|schemathesis|selectolax|harfile)==' requirements.lock > run.lock \
 && python -m venv /opt/finale \
 && /opt/finale/bin/pip install --no-cache-dir -r run.lock
COPY server server
COPY models models
COPY training training
RUN /opt/finale/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --create-home --home-dir /srv/finale --uid 10001 finale
WORKDIR /srv/finale
COPY --from=build /opt/finale /opt/finale
COPY --chown=finale static static
COPY --chown=finale templates templates
COPY --chown=finale server server
COPY --chown=finale models models
COPY --chown=finale training training
RUN mkdir var && chown finale var
USER finale
ENV PATH=/opt/finale/bin:$PATH PYTHONUNBUFFERED=1 FINALE_HOST=0.0.0.0 HF_HUB_OFFLINE=1
VOLUME /srv/finale/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "server.cli", "demo"]
