# syntax=docker/dockerfile:1

# Everything is built from source: SQLite, libpq and their TLS need the C compiler, perl and make of this image.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY src src
COPY locales locales
COPY migrations migrations
COPY templates templates
COPY static static
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked \
    && cp target/release/grantor /grantor \
    && mkdir -p /empty/data

# No shell and no package manager: a C library, the system's certificates and an unprivileged user (65532).
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /grantor /usr/local/bin/grantor
# SQLite and the keys made beside it live here; nothing else is ever written.
COPY --from=build --chown=65532:65532 /empty /var/lib/grantor
WORKDIR /var/lib/grantor
VOLUME /var/lib/grantor/data
USER 65532:65532
# A container's own loopback is reached by nobody: publish the port where it should be reached.
ENV GRANTOR_LISTEN=0.0.0.0:8080 GRANTOR_LOG__FORMAT=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=40s CMD ["/usr/local/bin/grantor", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/grantor"]
CMD ["serve"]
